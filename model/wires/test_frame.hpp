// The generator's frame: an Ethernet header, who sent it, which number it has, when it was due, and
// a checksum over all of it.
//
//   0  destination: the port's MAC address   24  sequence number within the flow
//   6  source: 02:47:45:4e:00:<flow>         32  when it was due, by the time stamp counter
//  12  0x88B5, IEEE's experimental type      40  checksum
//  14  what byte 1 was, 15 flow              48  filling
//  16  magic, 20 stream
//
// Byte 1 is the one that the benchmark's forwarders touch: it may come back as it was, or greater
// by one or two (one for each forwarder on the way). Numbers are in the host's byte order, as both
// ends run here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace bulkhead::model {

class TestFrame {
 public:
  static constexpr size_t smallest = 60;  ///< without CRC
  /// Flows differ in their source address only, so that a receiver can spread them over queues.
  /// Frames go to them in turn, and each is numbered by itself.
  static constexpr uint32_t flows = 16;
  static constexpr uint32_t touches = 2;  ///< how often byte 1 may have been increased

  TestFrame(size_t size, uint32_t stream);

  void set_destination(std::span<const std::byte, 6> address);
  /// The frame with this running number. `due_at` by ticks(): 0 if it was not due at any time.
  std::span<const std::byte> make(uint64_t number, uint64_t due_at = 0);

  /// What a received frame says about itself.
  struct Content {
    uint32_t stream;
    uint32_t flow;
    uint64_t sequence;
    uint64_t due_at;  ///< by ticks(); 0: at no time
    bool intact;
  };
  /// Nothing if it is not a test frame.
  static std::optional<Content> parse(std::span<const std::byte> frame);

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
  uint64_t filling_sum_ = 0;  ///< the checksum's part over what never changes
};

}  // namespace bulkhead::model
