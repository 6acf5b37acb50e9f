// Joins TCP segments that follow each other into one, which the kernel then handles once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "bulkhead/net/tcp_headers.hpp"
#include "bulkhead/net/vnet_header.hpp"

namespace bulkhead::net {

/// Holds a frame, and as many as can be joined to it. What Segmentation makes of the result are the
/// same frames again, but for what pads them and IP's identification, which means nothing in a
/// packet that is never cut (RFC 6864, 4.1). Frames may lie in memory that a device can write.
class Coalescing {
 public:
  explicit Coalescing(uint32_t longest_frame);

  /// Takes the first frame, whatever it is, of at most `longest_frame` bytes. None must be held.
  void begin(std::span<const std::byte> frame);
  /// Joins a frame to what is held. False, and nothing done, if it does not belong there: it goes
  /// on, with the same headers but for what is each segment's own, where the one before ended; all
  /// of the checksums are right; nothing is held that wants to be handed over at once.
  [[nodiscard]] bool join(std::span<const std::byte> frame);
  /// How many frames are held.
  [[nodiscard]] uint32_t frames() const { return frames_; }
  /// What to write to the interface, header included; it holds none from then on. Valid until the
  /// next begin().
  [[nodiscard]] std::span<const std::byte> take();

 private:
  /// The longest headers: IPv6's, and TCP's with all options.
  using Headers = std::array<std::byte, ethernet::header + ipv6::header + tcp::longest_header>;
  /// What is looked at of a TCP segment that could be joined.
  struct Segment {
    TcpHeaders places;
    std::span<const std::byte> bytes;  ///< without what pads the frame
    uint32_t sequence;
    bool pushed;
    [[nodiscard]] size_t data() const { return bytes.size() - places.data; }
  };
  static std::optional<Segment> look_at(std::span<const std::byte> frame);
  static std::optional<Segment> tcp_behind_ip(std::span<const std::byte> frame);
  static bool checksums_are_right(const Segment& segment);
  static Headers common_headers(const Segment& segment);
  [[nodiscard]] bool belongs(const Segment& segment) const;
  [[nodiscard]] std::span<std::byte> held();
  void finish();

  std::vector<std::byte> buffer_;
  std::vector<std::byte> arrived_;  ///< a frame that may be joined
  size_t length_ = 0;  ///< of what is held, without the header that the buffer begins with
  uint32_t frames_ = 0;
  /// Something can be joined to what is held; what follows is known then.
  bool open_ = false;
  TcpHeaders places_;
  Headers headers_{};
  size_t segment_size_ = 0;
  uint32_t next_sequence_ = 0;
  bool pushed_ = false;
  bool first_is_right_ = false;
};

}  // namespace bulkhead::net
