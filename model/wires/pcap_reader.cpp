// UNSAFE FILE: libpcap hands out packets as a pointer and a length.
#include "model/wires/pcap_reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <fmt/format.h>
#include <pcap/pcap.h>
#include <unistd.h>

#pragma clang unsafe_buffer_usage begin

namespace bulkhead::model {

void PcapReader::Closer::operator()(pcap* file) const {
  ::pcap_close(file);
}

Result<PcapReader> PcapReader::open(const std::string& path) {
  if (::access(path.c_str(), R_OK) != 0) return fail_errno(path);
  std::array<char, PCAP_ERRBUF_SIZE> text{};
  std::unique_ptr<pcap, Closer> file{::pcap_open_offline(path.c_str(), text.data())};
  if (!file)
    return fail(ErrorCode::invalid_argument, fmt::format("{}: {}", path, text.data()),
                "it should be a pcap or pcapng file");
  if (::pcap_datalink(file.get()) != DLT_EN10MB) {
    const char* kind = ::pcap_datalink_val_to_name(::pcap_datalink(file.get()));
    return fail(ErrorCode::invalid_argument, fmt::format("{}: link type {} is not Ethernet", path,
                                                         kind == nullptr ? "unknown" : kind));
  }
  return PcapReader{std::move(file), path};
}

std::span<const std::byte> PcapReader::peek() {
  if (!offered_.empty() || ended_) return offered_;
  pcap_pkthdr* header = nullptr;
  const u_char* data = nullptr;
  const int outcome = ::pcap_next_ex(file_.get(), &header, &data);
  if (outcome != 1) {
    ended_ = true;
    if (outcome != PCAP_ERROR_BREAK)
      error_ =
          Error{ErrorCode::io,
                fmt::format("{}: packet {}: {}", path_, packets_ + 1, ::pcap_geterr(file_.get())),
                "the frames before it were sent"};
    return {};
  }
  ++packets_;
  if (header->caplen < header->len) {
    ended_ = true;
    error_ = Error{ErrorCode::io,
                   fmt::format("{}: packet {}: only {} of its {} bytes were captured", path_,
                               packets_, header->caplen, header->len),
                   "the frames before it were sent; capture without a limit (tcpdump -s 0)"};
    return {};
  }
  offered_ = std::as_bytes(std::span{data, header->caplen});
  if (offered_.size() < padding_.size()) {
    ++padded_;
    std::ranges::fill(padding_, std::byte{0});
    std::ranges::copy(offered_, padding_.begin());
    offered_ = padding_;
  }
  return offered_;
}

}  // namespace bulkhead::model

#pragma clang unsafe_buffer_usage end
