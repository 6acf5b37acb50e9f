#include "model/wires/pcap_writer.hpp"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "bulkhead/base/bytes.hpp"

namespace bulkhead::model {
namespace {

constexpr size_t buffer_size = 256 * 1024;
constexpr uint32_t snapshot_length = 65'535;

// The format of pcap savefiles, with nanoseconds.
struct FileHeader {
  uint32_t magic = 0xA1B23C4D;
  uint16_t major = 2;
  uint16_t minor = 4;
  uint32_t zone = 0;
  uint32_t accuracy = 0;
  uint32_t snapshot = snapshot_length;
  uint32_t link_type = 1;  // Ethernet
};
static_assert(sizeof(FileHeader) == 24);

struct RecordHeader {
  uint32_t seconds;
  uint32_t nanoseconds;
  uint32_t captured;
  uint32_t length;
};
static_assert(sizeof(RecordHeader) == 16);

std::string partial(const std::string& path) {
  return path + ".partial";
}

}  // namespace

Result<PcapWriter> PcapWriter::create(const std::string& path) {
  OwnedFd fd{::open(partial(path).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
  if (!fd) return fail_errno(partial(path), "is its folder there, and writable?");
  PcapWriter writer{std::move(fd), path};
  writer.buffer_.reserve(buffer_size + snapshot_length);
  append(writer.buffer_, FileHeader{});
  writer.flush();
  if (writer.error_) return std::unexpected<Error>(writer.finish().error());
  return writer;
}

void PcapWriter::write(std::span<const std::byte> frame) {
  if (error_ || !fd_) return;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const auto length = static_cast<uint32_t>(frame.size());
  append(buffer_, RecordHeader{.seconds = static_cast<uint32_t>(seconds.count()),
                               .nanoseconds = static_cast<uint32_t>(
                                   std::chrono::nanoseconds{now - seconds}.count()),
                               .captured = length,
                               .length = length});
  buffer_.insert(buffer_.end(), frame.begin(), frame.end());
  if (buffer_.size() >= buffer_size) flush();
}

void PcapWriter::flush() {
  std::span<const std::byte> rest{buffer_};
  while (!rest.empty() && !error_) {
    const auto written = ::write(fd_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) error_ = fail_errno(path_).error();
    if (written > 0) rest = rest.subspan(static_cast<size_t>(written));
  }
  buffer_.clear();
}

Result<> PcapWriter::sync_and_rename() {
  if (::fsync(fd_.get()) != 0) return fail_errno(path_);
  if (::rename(partial(path_).c_str(), path_.c_str()) != 0) return fail_errno(path_);
  // The new name is on the disk once its folder is.
  const auto slash = path_.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
  const OwnedFd directory{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory) ::fsync(directory.get());
  return {};
}

Result<> PcapWriter::finish() {
  if (!fd_) return {};
  flush();
  Result<> result;
  if (error_) {
    result = std::unexpected<Error>(*std::exchange(error_, std::nullopt));
  } else {
    result = sync_and_rename();
  }
  fd_.reset();
  if (!result) ::unlink(partial(path_).c_str());
  return result;
}

}  // namespace bulkhead::model
