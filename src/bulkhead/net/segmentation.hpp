// Cuts a TCP segment that is too long for the wire into such as are not, as hardware would.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "bulkhead/net/tcp_headers.hpp"
#include "bulkhead/net/vnet_header.hpp"

namespace bulkhead::net {

/// The pieces have the segment's headers, each with its own length, sequence number and checksums.
class Segmentation {
 public:
  /// `packet` stays as it is for as long as this is used. None if its headers are not whole or not
  /// what `header` says, without data, and if a piece would be longer than `longest_frame`.
  [[nodiscard]] static std::optional<Segmentation> plan(const VnetHeader& header,
                                                        std::span<const std::byte> packet
                                                        [[clang::lifetimebound]],
                                                        uint32_t longest_frame);

  [[nodiscard]] bool done() const { return begun_ == data_.size(); }
  /// Of the next piece. Not to be asked for when done.
  [[nodiscard]] uint32_t next_length() const {
    return static_cast<uint32_t>(headers_.size() + next_data());
  }
  /// Writes the next piece into a frame of next_length() bytes.
  void next(std::span<std::byte> frame);

 private:
  Segmentation(const TcpHeaders& places, std::span<const std::byte> packet, size_t segment_size)
      : places_(places),
        headers_(packet.first(places.data)),
        data_(packet.subspan(places.data)),
        segment_size_(segment_size) {}
  [[nodiscard]] size_t next_data() const;
  void adapt_ip(std::span<std::byte> frame) const;
  void adapt_tcp(std::span<std::byte> frame) const;

  TcpHeaders places_;
  std::span<const std::byte> headers_;
  std::span<const std::byte> data_;
  size_t segment_size_;
  size_t begun_ = 0;  ///< bytes of the data that are in pieces already
  uint16_t pieces_ = 0;
};

}  // namespace bulkhead::net
