// A wire that is a TAP interface of this network namespace: what the kernel sends to the interface
// comes in on the wire, and the other way round.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "bulkhead/base/owned_fd.hpp"

#include "model/wire.hpp"

namespace bulkhead::model {

class Tap final : public Wire {
 public:
  Tap(OwnedFd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}

  std::span<const std::byte> peek() override;
  void consume() override { size_ = 0; }
  /// Frames wait in the interface's own queue (1000 frames, unless it is set otherwise).
  [[nodiscard]] bool can_wait() const override { return true; }
  bool transmit(std::span<const std::byte> frame) override;
  [[nodiscard]] bool link_up() override { return !failed_; }
  [[nodiscard]] int wake_fd() const override { return failed_ ? -1 : fd_.get(); }
  Result<> finish() override;
  [[nodiscard]] std::string report() const override;

 private:
  void fail_with(int error_number);

  OwnedFd fd_;
  std::string name_;
  std::array<std::byte, 16 * 1024> buffer_{};
  size_t size_ = 0;
  uint64_t in_ = 0;
  uint64_t out_ = 0;
  uint64_t dropped_ = 0;
  bool failed_ = false;
  int error_number_ = 0;
};

/// Creates the interface or attaches to it, and sets it up. Errors: `permission`, `not_found` when
/// /dev/net/tun is not there, `invalid_argument` for a name that cannot be one.
Result<std::unique_ptr<Wire>> open_tap_wire(const std::string& name);

}  // namespace bulkhead::model
