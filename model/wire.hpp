// What is plugged into a modelled NIC's port.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "bulkhead/base/error.hpp"

namespace bulkhead::model {

class Wire {
 public:
  Wire() = default;
  virtual ~Wire() = default;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  Wire(Wire&&) = delete;
  Wire& operator=(Wire&&) = delete;

  /// The next frame that has come in on the wire (without its CRC), or an empty span. The span is
  /// valid, and the same frame is offered again, until consume().
  virtual std::span<const std::byte> peek() = 0;
  /// Takes the offered frame off the wire.
  virtual void consume() = 0;
  /// A wire that can hold its next frame back loses nothing when the NIC has no descriptor free;
  /// on one that cannot, the NIC drops the frame and counts it as missed.
  [[nodiscard]] virtual bool can_wait() const = 0;

  /// Sends a frame out on the wire. False: no room now, offer it again (it stays in its
  /// descriptor).
  virtual bool transmit(std::span<const std::byte> frame) = 0;

  [[nodiscard]] virtual bool link_up() { return true; }
  /// True when no frame will ever come in again: a capture file that has been replayed.
  [[nodiscard]] virtual bool ended() const { return false; }
  /// Tells the wire the MAC address of the port it is plugged into.
  virtual void set_port_address(std::span<const std::byte, 6> /*address*/) {}
  /// Readable when an idle wire has a frame again; -1: ask peek() now and then.
  [[nodiscard]] virtual int wake_fd() const { return -1; }

  /// Ends the run: completes the output, and says what went wrong on the way (a full disk, a
  /// network interface that went away). Calling it again does nothing.
  virtual Result<> finish() { return {}; }
  /// What the wire has counted, as a JSON object's text.
  [[nodiscard]] virtual std::string report() const { return "{}"; }
};

/// Makes a wire from its name on the command line: `tap:NAME`, `pcap:IN[,OUT]`,
/// `generate:SIZE[@RATE]`, `link:PATH`, `reflect`. Errors: `invalid_argument` for a name that is
/// not one of these, with the list; otherwise what opening it met.
Result<std::unique_ptr<Wire>> open_wire(const std::string& name);

}  // namespace bulkhead::model
