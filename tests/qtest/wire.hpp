// The cable of a NIC inside of QEMU: the test holds its other end.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/socket.h>

#include "bulkhead/base/owned_fd.hpp"

namespace bulkhead::qtest {

class Wire {
 public:
  /// `name` is what the device's netdev= says.
  explicit Wire(std::string name = "wire") : name_(std::move(name)) {
    std::array<int, 2> sockets{-1, -1};
    static_cast<void>(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets.data()));
    test_ = OwnedFd{sockets[0]};
    qemu_ = OwnedFd{sockets[1]};
  }

  [[nodiscard]] int inherited() const { return qemu_.get(); }
  [[nodiscard]] std::string netdev() const {
    return fmt::format("dgram,id={},local.type=fd,local.str={}", name_, qemu_.get());
  }

  /// False if the cable is full: QEMU has to take some frames first.
  [[nodiscard]] bool put(std::span<const std::byte> frame) const {
    return ::send(test_.get(), frame.data(), frame.size(), MSG_DONTWAIT) ==
           static_cast<ssize_t>(frame.size());
  }
  /// The frames that have come out.
  [[nodiscard]] std::vector<std::vector<std::byte>> take() const {
    std::vector<std::vector<std::byte>> frames;
    std::array<std::byte, 65536> buffer;
    for (;;) {
      const auto length = ::recv(test_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (length < 0) return frames;
      const auto frame = std::span{buffer}.first(static_cast<size_t>(length));
      frames.emplace_back(frame.begin(), frame.end());
    }
  }

 private:
  std::string name_;
  OwnedFd test_;
  OwnedFd qemu_;
};

}  // namespace bulkhead::qtest
