// Ethernet frames out of a capture file, in either of its time resolutions or byte orders.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bulkhead/base/error.hpp"

struct pcap;

namespace bulkhead::model {

class PcapReader {
 public:
  /// Errors: `not_found`, `permission`, `invalid_argument` for what is not a capture file or holds
  /// no Ethernet frames.
  static Result<PcapReader> open(const std::string& path);

  std::span<const std::byte> peek();
  void consume() { offered_ = {}; }
  [[nodiscard]] bool ended() const { return ended_ && offered_.empty(); }
  /// What ended the file early, with the packet's number: the file or the packet was cut short, or
  /// it is damaged.
  [[nodiscard]] const std::optional<Error>& error() const { return error_; }
  void forget_error() { error_.reset(); }
  [[nodiscard]] uint64_t padded() const { return padded_; }

 private:
  struct Closer {
    void operator()(pcap* file) const;
  };
  PcapReader(std::unique_ptr<pcap, Closer> file, std::string path)
      : file_(std::move(file)), path_(std::move(path)), padding_(60) {}

  std::unique_ptr<pcap, Closer> file_;
  std::string path_;
  std::span<const std::byte> offered_;
  /// Captures made on the sender's machine hold frames as short as they were before the NIC padded
  /// them.
  std::vector<std::byte> padding_;
  uint64_t packets_ = 0;
  uint64_t padded_ = 0;
  bool ended_ = false;
  std::optional<Error> error_;
};

}  // namespace bulkhead::model
