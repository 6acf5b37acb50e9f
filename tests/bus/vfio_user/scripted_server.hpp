// A server in a thread that answers as an honest one would, except for what a test twists.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/vfio_user/channel.hpp"
#include "bulkhead/bus/vfio_user/version.hpp"

#include "tests/bus/vfio_user/wire.hpp"

namespace bulkhead::vfio_user {

/// What an honest server says about region `index`: BAR 0 has 64 KiB, the configuration space 4
/// KiB, the others nothing.
inline RegionInfo honest_region(uint32_t index) {
  const uint64_t size = index == 0 ? 65536 : index == region_config ? 4096 : 0;
  return {.argsz = sizeof(RegionInfo),
          .flags = region_flag_read | region_flag_write,
          .index = index,
          .cap_offset = 0,
          .size = size,
          .offset = 0};
}

inline std::vector<std::byte> honest_payload(const Message& request) {
  switch (request.header.command) {
    case Command::version:
      return encode_version({.version = {version_major, version_minor}, .capabilities = {}});
    case Command::device_get_info:
      return payload_of(DeviceInfo{16, device_flag_pci | device_flag_reset, 9, 5});
    case Command::device_get_region_info:
      return payload_of(honest_region(from_bytes<RegionInfo>(request.payload).index));
    case Command::device_get_irq_info: {
      const auto index = from_bytes<IrqInfo>(request.payload).index;
      return payload_of(IrqInfo{16, irq_flag_eventfd, index, index == irq_msix ? 4U : 1U});
    }
    case Command::region_read: {
      const auto access = from_bytes<RegionAccess>(request.payload);
      auto payload = payload_of(access);
      payload.resize(payload.size() + access.count, std::byte{0xAB});
      return payload;
    }
    case Command::region_write:
      return payload_of(from_bytes<RegionAccess>(request.payload));
    case Command::dma_unmap:
      return request.payload;
    default:
      return {};
  }
}

struct Answer {
  Header header{};
  std::vector<std::byte> payload;
  std::vector<int> fds;
  bool silent = false;
  bool hang_up = false;
  std::vector<std::byte> instead;  ///< raw bytes in place of the message
};

/// Changes the honest answer to a request; runs in the server's thread.
using Twist = std::function<void(const Message& request, Answer& answer)>;

class ScriptedServer {
 public:
  explicit ScriptedServer(Twist twist = {});
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  /// Waits for the thread, which ends when the client has gone.
  ~ScriptedServer();

  /// The client's end, once.
  OwnedFd take_client() { return std::move(client_); }

 private:
  void run(OwnedFd socket) const;

  Twist twist_;
  OwnedFd client_;
  std::thread thread_;
};

inline ScriptedServer::ScriptedServer(Twist twist) : twist_(std::move(twist)) {
  auto [mine, theirs] = socket_pair();
  client_ = std::move(theirs);
  thread_ = std::thread{[this, socket = std::move(mine)]() mutable { run(std::move(socket)); }};
}

inline ScriptedServer::~ScriptedServer() {
  client_.reset();
  thread_.join();
}

inline void ScriptedServer::run(OwnedFd socket) const {
  auto channel = Channel::adopt(std::move(socket));
  if (!channel) return;
  const auto deadline = Deadline::after(std::chrono::seconds{10});
  while (true) {
    auto request = channel->receive(deadline);
    if (!request) return;
    Answer answer{.header = request->header,
                  .payload = honest_payload(*request),
                  .fds = {},
                  .silent = false,
                  .hang_up = false,
                  .instead = {}};
    answer.header.flags = flag_type_reply;
    if (twist_) twist_(*request, answer);
    if (answer.hang_up) return;
    if (answer.silent) continue;
    if (!answer.instead.empty()) {
      if (!send_raw(channel->fd(), answer.instead)) return;
      continue;
    }
    if (!channel->send(answer.header, answer.payload, answer.fds, deadline)) return;
  }
}

}  // namespace bulkhead::vfio_user
