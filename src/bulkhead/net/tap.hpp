// A network interface of this machine whose frames a program sends and receives.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/driver/nic.hpp"

namespace bulkhead::net {

/// A TAP interface, which the kernel removes with its last descriptor, unless it was there before
/// as a persistent one. A VnetHeader stands before each frame, which has no CRC. The kernel hands
/// over frames whose checksums lack what is left to add up, and TCP segments of up to 64 KiB: no
/// longer once this is destroyed, as the next user of a persistent one may not have asked for it.
class Tap {
 public:
  ~Tap();
  Tap(Tap&&) = default;
  Tap& operator=(Tap&&) = delete;
  Tap(const Tap&) = delete;
  Tap& operator=(const Tap&) = delete;

  /// Creates the interface with so many queues (1 to most_queues), or takes a persistent one that
  /// waits for somebody: it must have been made for several queues if these are several, and for
  /// one if this is one. What creates it needs CAP_NET_ADMIN; nothing else here does, but for
  /// set_mtu(). Errors: `invalid_argument` for what cannot be a name or a number of queues,
  /// `permission`, `not_found` without /dev/net/tun, `io` for a name that is taken. It has no
  /// carrier yet.
  static Result<Tap> open(const std::string& name, uint32_t queues = 1);

  /// What one interface has in Linux.
  static constexpr uint32_t most_queues = 256;
  /// A descriptor for each queue, which frames are read from and written to; non-blocking. The
  /// kernel keeps a flow's frames in one queue, in the one that its last frame was written to.
  [[nodiscard]] std::span<const OwnedFd> queues() const { return queues_; }
  Result<> set_mac(const driver::MacAddress& mac);
  /// Whether the interface has a link. Errors: `unsupported` before Linux 5.0.
  Result<> set_carrier(bool on);
  Result<> set_mtu(uint32_t mtu);
  /// None while the interface is in another network namespace, which somebody may have moved it to.
  [[nodiscard]] std::optional<uint32_t> mtu() const;
  /// Its name now. Errors: `not_found` for an interface that somebody has removed.
  [[nodiscard]] Result<std::string> current_name() const;

 private:
  Tap(std::string name, std::vector<OwnedFd> queues, OwnedFd socket)
      : name_(std::move(name)), queues_(std::move(queues)), socket_(std::move(socket)) {}
  /// What is asked of the interface and not of a queue: any of its descriptors does.
  [[nodiscard]] int fd() const { return queues_.front().get(); }

  std::string name_;  ///< that it was opened by
  std::vector<OwnedFd> queues_;
  OwnedFd socket_;  ///< to ask for what a TAP's own descriptor does not tell
};

}  // namespace bulkhead::net
