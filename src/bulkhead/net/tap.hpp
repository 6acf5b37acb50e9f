// A network interface of this machine whose frames a program sends and receives.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/driver/nic.hpp"

namespace bulkhead::net {

/// A TAP interface, which the kernel removes with its last descriptor, unless it was there before
/// as a persistent one. A VnetHeader stands before each frame, which has no CRC. The kernel hands
/// over frames whose checksums lack what is left to add up, and TCP segments of up to 64 KiB.
class Tap {
 public:
  /// Creates the interface, or takes a persistent one that waits for somebody. What creates it
  /// needs CAP_NET_ADMIN; nothing else here does, but for set_mtu(). Errors: `invalid_argument` for
  /// what cannot be a name, `permission`, `not_found` without /dev/net/tun, `io` for a name that is
  /// taken.
  static Result<Tap> open(const std::string& name);

  /// Non-blocking.
  [[nodiscard]] int fd() const { return fd_.get(); }
  Result<> set_mac(const driver::MacAddress& mac);
  /// Whether the interface has a link. Errors: `unsupported` before Linux 5.0.
  Result<> set_carrier(bool on);
  Result<> set_mtu(uint32_t mtu);
  /// From now on frames are handed over as they go on the wire: for the next user of a persistent
  /// interface, who may not have asked for anything else.
  void end_offloads();
  /// None while the interface is in another network namespace, which somebody may have moved it to.
  [[nodiscard]] std::optional<uint32_t> mtu() const;
  /// Its name now. Errors: `not_found` for an interface that somebody has removed.
  [[nodiscard]] Result<std::string> current_name() const;

 private:
  Tap(OwnedFd fd, OwnedFd socket) : fd_(std::move(fd)), socket_(std::move(socket)) {}
  OwnedFd fd_;
  OwnedFd socket_;  ///< to ask for what a TAP's own descriptor does not tell
};

}  // namespace bulkhead::net
