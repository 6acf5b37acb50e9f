// One client's connection: takes its requests apart, checks every number in them, and has the
// device do what is left.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bulkhead/base/bytes.hpp"
#include "bulkhead/base/deadline.hpp"
#include "bulkhead/base/error.hpp"
#include "bulkhead/bus/vfio_user/channel.hpp"
#include "bulkhead/bus/vfio_user/protocol.hpp"
#include "bulkhead/bus/vfio_user/version.hpp"

#include "model/device.hpp"
#include "model/vfio_user/reply.hpp"

namespace bulkhead::model {

/// How long a server bears with what others do.
struct Patience {
  /// Whoever connects and says nothing keeps the device from others.
  std::chrono::nanoseconds introduction = std::chrono::seconds{5};
  /// For a client to make room for a reply.
  std::chrono::nanoseconds reply = std::chrono::seconds{5};
  /// Between a client that could not be accepted, as there were too many files open, and the next.
  std::chrono::nanoseconds accept = std::chrono::seconds{1};
};

class Session {
 public:
  Session(vfio_user::Channel channel, Device& device, const Patience& patience = {});
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  /// The device forgets the client, whichever way it went.
  ~Session();

  /// Handles what has arrived, a bounded number of messages, without waiting. How many there were;
  /// an error ends the session: `device_gone` if the client left, anything else is its fault.
  Result<size_t> service();

  [[nodiscard]] int fd() const { return channel_.fd(); }
  /// Whether a reply waits for the client to read: then nothing more is read from it.
  [[nodiscard]] bool sending() const { return channel_.sending(); }

 private:
  using Message = vfio_user::Message;

  Result<> flush();
  Result<> handle(Message message);
  Result<Reply> answer(Message& message);
  Result<> send(const vfio_user::Header& request, Reply reply);

  Result<Reply> version(const Message& message);
  Result<Reply> device_info(const Message& message) const;
  Result<Reply> region_info(const Message& message) const;
  Result<Reply> region_io_fds(const Message& message) const;
  Result<Reply> irq_info(const Message& message) const;
  Result<Reply> set_irqs(Message& message);
  Result<Reply> region_read(const Message& message);
  Result<Reply> region_write(const Message& message);
  Result<Reply> region_write_multi(const Message& message);
  Result<Reply> dma_map(Message& message);
  Result<Reply> dma_unmap(const Message& message);
  Result<Reply> reset();

  [[nodiscard]] bool in_region(const vfio_user::RegionAccess& access, uint32_t wanted) const;
  int unmap_range(uint64_t address, uint64_t size);
  int unmap_everything();

  vfio_user::Channel channel_;
  Device& device_;
  Deadline introduction_;
  std::chrono::nanoseconds reply_limit_;
  std::optional<Deadline> reply_;  ///< until then the client has to read the pending reply
  bool introduced_ = false;
  vfio_user::Limits client_;
  std::map<uint64_t, uint64_t> dma_;  ///< the client's mappings: address and size
};

/// The structure at the start of a request's payload; a shorter payload breaks the protocol.
template <class T>
Result<T> request_as(const vfio_user::Message& message) {
  if (message.payload.size() >= sizeof(T)) return from_bytes<T>(message.payload);
  return fail(ErrorCode::protocol,
              "a payload of " + std::to_string(message.payload.size()) + " bytes is too short");
}

}  // namespace bulkhead::model
