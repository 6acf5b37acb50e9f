// A capture file that appears under its name only once it is complete and on the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"

namespace bulkhead::model {

class PcapWriter {
 public:
  /// Creates PATH.partial; errors: what open(2) and the first write say.
  static Result<PcapWriter> create(const std::string& path);

  PcapWriter(PcapWriter&&) = default;
  PcapWriter& operator=(PcapWriter&&) = default;
  PcapWriter(const PcapWriter&) = delete;
  PcapWriter& operator=(const PcapWriter&) = delete;
  /// Without finish(), PATH.partial stays, as after a crash.
  ~PcapWriter() = default;

  /// After a first failure frames are not written any more; finish() says what it was.
  void write(std::span<const std::byte> frame);
  /// Renames PATH.partial to PATH if everything has been written and fsync has succeeded,
  /// otherwise removes it and returns the error. Calling it again does nothing.
  Result<> finish();

 private:
  PcapWriter(OwnedFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}
  void flush();
  Result<> sync_and_rename();

  OwnedFd fd_;
  std::string path_;
  std::vector<std::byte> buffer_;
  std::optional<Error> error_;
};

}  // namespace bulkhead::model
