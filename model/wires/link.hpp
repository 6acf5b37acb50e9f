// A wire to another model: a SOCK_SEQPACKET Unix socket, one message a frame. Whoever comes first
// listens; when the other end dies, the link is down until somebody connects again. A wire has two
// ends: who listens greets the one that it takes with a message of one byte, and turns a third
// away. Until it is greeted the one that connects has no link.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "bulkhead/base/owned_fd.hpp"

#include "model/listener.hpp"
#include "model/wire.hpp"

namespace bulkhead::model {

class Link final : public Wire {
 public:
  explicit Link(std::string path) : path_(std::move(path)) {}

  std::span<const std::byte> peek() override;
  void consume() override { size_ = 0; }
  [[nodiscard]] bool can_wait() const override { return true; }
  bool transmit(std::span<const std::byte> frame) override;
  [[nodiscard]] bool link_up() override;
  [[nodiscard]] int wake_fd() const override;
  [[nodiscard]] std::string report() const override;

  /// Connects or listens, waiting at most `patience` for others that make sockets in the folder.
  Result<> connect_or_listen(std::chrono::nanoseconds patience);

 private:
  Result<bool> try_connect();
  Result<> listen(std::chrono::nanoseconds patience);
  /// Who waits for this end to listen; empty if nobody, or if asking failed a moment ago.
  OwnedFd next_in_line();
  void accept();
  /// Closes the connection of somebody who came while the link has its two ends.
  void turn_away_a_third();
  /// Whether frames can be exchanged; takes the greeting if it has come.
  bool is_greeted();
  void receive_greeting();
  void lost();

  std::string path_;
  Listener listener_;
  OwnedFd peer_;
  bool greeted_ = false;
  std::chrono::steady_clock::time_point next_attempt_;
  std::array<std::byte, 16 * 1024> buffer_{};
  size_t size_ = 0;
  uint64_t in_ = 0;
  uint64_t out_ = 0;
  uint64_t dropped_ = 0;
  uint64_t connections_ = 0;
  uint64_t turned_away_ = 0;  ///< others by this end, or this end by another
};

/// Errors: those of Listener::listen(); a file at `path` that is no socket is left alone.
Result<std::unique_ptr<Wire>> open_link_wire(const std::string& path);

}  // namespace bulkhead::model
