// A wire that replays a capture file and writes what it gets to another one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "model/wire.hpp"
#include "model/wires/pcap_reader.hpp"
#include "model/wires/pcap_writer.hpp"

namespace bulkhead::model {

class PcapWire final : public Wire {
 public:
  PcapWire(std::optional<PcapReader> reader, std::optional<PcapWriter> writer)
      : reader_(std::move(reader)), writer_(std::move(writer)) {}

  std::span<const std::byte> peek() override;
  void consume() override;
  /// Frames wait in their file until there is a descriptor: nothing is lost.
  [[nodiscard]] bool can_wait() const override { return true; }
  bool transmit(std::span<const std::byte> frame) override;
  [[nodiscard]] bool ended() const override { return !reader_ || reader_->ended(); }
  Result<> finish() override;
  [[nodiscard]] std::string report() const override;

 private:
  std::optional<PcapReader> reader_;
  std::optional<PcapWriter> writer_;
  uint64_t in_ = 0;
  uint64_t out_ = 0;
};

/// Either name may be empty. Errors: what opening the files met; later ones come from finish().
Result<std::unique_ptr<Wire>> open_pcap_wire(const std::string& in, const std::string& out);

}  // namespace bulkhead::model
