// A vhost-user back end in a thread, for its front end's tests: keeps what it is told, and answers
// as an honest one would, except for what a test twists.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/socket.h>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/base/mapping.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/bus/vfio_user/socket_io.hpp"
#include "bulkhead/bus/vhost_user/protocol.hpp"

#include "tests/bus/vfio_user/wire.hpp"

namespace bulkhead::vhost_user {

struct Message {
  Request request;
  std::vector<std::byte> payload;
  std::vector<OwnedFd> fds;
};

struct Answer {
  Header header;
  std::vector<std::byte> payload;
  bool silent = false;
  bool hang_up = false;
  std::vector<std::byte> instead;  ///< raw bytes in place of the message
};

/// Changes the honest answer to a request; runs in the back end's thread.
using Twist = std::function<void(const Message& request, Answer& answer)>;

class FakeBackEnd {
 public:
  static constexpr uint64_t version_1 = uint64_t{1} << 32U;

  struct Ring {
    uint32_t entries = 0;
    uint32_t base = 0;
    VringAddress address{};
    OwnedFd kick;
    OwnedFd call;
    bool enabled = false;
    bool started = false;
  };
  struct Region {
    MemoryRegion where{};
    Mapping mapping;
  };

  explicit FakeBackEnd(uint64_t features = version_1, Twist twist = {})
      : features_(features | feature_protocol_features), twist_(std::move(twist)) {
    std::tie(mine_, theirs_) = vfio_user::socket_pair();
    thread_ = std::thread{[this] { run(); }};
  }
  FakeBackEnd(const FakeBackEnd&) = delete;
  FakeBackEnd& operator=(const FakeBackEnd&) = delete;
  ~FakeBackEnd() {
    hang_up();
    thread_.join();
  }

  /// The front end's end of the socket, once.
  OwnedFd take_front_end() { return std::move(theirs_); }
  /// Dies, to the front end's eyes.
  void hang_up() { ::shutdown(mine_.get(), SHUT_RDWR); }

  /// Calls `use` while no message is being worked on.
  template <class Use>
  auto with_state(Use use) {
    const std::scoped_lock lock{mutex_};
    return use(*this);
  }
  // For with_state() only.
  std::vector<Request> told;
  std::vector<Region> memory;
  std::map<uint32_t, Ring> rings;
  uint64_t accepted = 0;

  /// What the front end's address names, up to its region's end; nothing for one that no region
  /// has.
  [[nodiscard]] std::span<std::byte> at(uint64_t address) const {
    for (const auto& region : memory)
      if (address >= region.where.user_address &&
          address - region.where.user_address < region.where.size)
        return region.mapping.bytes().subspan(address - region.where.user_address);
    return {};
  }

 private:
  void run() {
    while (auto message = receive()) {
      Answer answer;
      {
        const std::scoped_lock lock{mutex_};
        told.push_back(message->request);
        answer = {.header = {message->request, version | flag_reply, 0},
                  .payload = work_on(*message),
                  .instead = {}};
      }
      if (twist_) twist_(*message, answer);
      if (answer.hang_up) break;
      if (!answer.silent && !answer.payload.empty() && !send(answer)) break;
    }
    hang_up();
  }

  bool send(Answer& answer) const {
    if (!answer.instead.empty()) return vfio_user::send_raw(mine_.get(), answer.instead);
    if (answer.header.size == 0) answer.header.size = static_cast<uint32_t>(answer.payload.size());
    std::vector<std::byte> bytes;
    append(bytes, answer.header);
    bytes.insert(bytes.end(), answer.payload.begin(), answer.payload.end());
    return vfio_user::send_raw(mine_.get(), bytes);
  }

  bool read(std::span<std::byte> whole, std::vector<OwnedFd>& fds) const {
    while (!whole.empty()) {
      const auto count = vfio_user::receive_some(mine_.get(), whole, fds);
      if (!count || *count == size_t{0}) return false;
      whole = whole.subspan(count->value_or(0));
      pollfd readable{.fd = mine_.get(), .events = POLLIN, .revents = 0};
      if (!*count) ::poll(&readable, 1, -1);
    }
    return true;
  }
  std::optional<Message> receive() {
    Message message{};
    std::array<std::byte, sizeof(Header)> head{};
    if (!read(head, message.fds)) return std::nullopt;
    const auto header = from_bytes<Header>(head);
    message.request = header.request;
    message.payload.resize(header.size);
    if (!read(message.payload, message.fds)) return std::nullopt;
    wants_answer_ = (header.flags & flag_need_reply) != 0;
    return message;
  }

  /// What an honest back end does and answers; nothing to an order that wants no acknowledgement.
  std::vector<std::byte> work_on(Message& message) {
    using vfio_user::payload_of;
    switch (message.request) {
      case Request::get_features:
        return payload_of(features_);
      case Request::get_protocol_features:
        return payload_of(protocol_reply_ack);
      case Request::get_vring_base: {
        const auto state = from_bytes<VringState>(message.payload);
        rings[state.index].started = rings[state.index].enabled = false;
        return payload_of(state);
      }
      case Request::set_features:
        accepted = from_bytes<uint64_t>(message.payload);
        break;
      case Request::set_mem_table:
        map(message);
        break;
      case Request::set_vring_addr: {
        const auto address = from_bytes<VringAddress>(message.payload);
        rings[address.index].address = address;
        break;
      }
      case Request::set_vring_kick:
      case Request::set_vring_call:
        take_eventfd(message);
        break;
      case Request::set_vring_num:
      case Request::set_vring_base:
      case Request::set_vring_enable:
        take_state(message);
        break;
      default:
        break;
    }
    return wants_answer_ ? payload_of(uint64_t{0}) : std::vector<std::byte>{};
  }
  void map(const Message& message) {
    memory.clear();
    const std::span<const std::byte> payload{message.payload};
    for (size_t i = 0; i < message.fds.size(); ++i) {
      const auto where =
          from_bytes<MemoryRegion>(payload.subspan(sizeof(MemoryTable) + i * sizeof(MemoryRegion)));
      memory.push_back(
          {where, *Mapping::map(message.fds[i].get(), where.mmap_offset, Bytes{where.size})});
    }
  }
  void take_eventfd(Message& message) {
    const auto word = from_bytes<uint64_t>(message.payload);
    auto& ring = rings[static_cast<uint32_t>(word & 0xFFU)];
    auto& place = message.request == Request::set_vring_kick ? ring.kick : ring.call;
    place = message.fds.empty() ? OwnedFd{} : std::move(message.fds.front());
    ring.started |= message.request == Request::set_vring_kick;
  }
  void take_state(const Message& message) {
    const auto state = from_bytes<VringState>(message.payload);
    auto& ring = rings[state.index];
    if (message.request == Request::set_vring_num) ring.entries = state.value;
    if (message.request == Request::set_vring_base) ring.base = state.value;
    if (message.request == Request::set_vring_enable) ring.enabled = state.value != 0;
  }

  uint64_t features_;
  Twist twist_;
  OwnedFd mine_;
  OwnedFd theirs_;
  bool wants_answer_ = false;
  std::mutex mutex_;
  std::thread thread_;
};

}  // namespace bulkhead::vhost_user
