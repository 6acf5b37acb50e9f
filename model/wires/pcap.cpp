#include "model/wires/pcap.hpp"

#include <fmt/format.h>

namespace bulkhead::model {

Result<std::unique_ptr<Wire>> open_pcap_wire(const std::string& in, const std::string& out) {
  std::optional<PcapReader> reader;
  if (!in.empty()) {
    auto opened = PcapReader::open(in);
    if (!opened) return std::unexpected<Error>(std::move(opened).error());
    reader.emplace(*std::move(opened));
  }
  std::optional<PcapWriter> writer;
  if (!out.empty()) {
    auto created = PcapWriter::create(out);
    if (!created) return std::unexpected<Error>(std::move(created).error());
    writer.emplace(*std::move(created));
  }
  return std::make_unique<PcapWire>(std::move(reader), std::move(writer));
}

std::span<const std::byte> PcapWire::peek() {
  if (!reader_) return {};
  return reader_->peek();
}

void PcapWire::consume() {
  if (!reader_) return;
  reader_->consume();
  ++in_;
}

bool PcapWire::transmit(std::span<const std::byte> frame) {
  ++out_;
  if (writer_) writer_->write(frame);
  return true;
}

Result<> PcapWire::finish() {
  Result<> result;
  if (writer_) result = writer_->finish();
  if (reader_ && reader_->error()) {
    if (result) result = std::unexpected<Error>(*reader_->error());
    reader_->forget_error();
  }
  return result;
}

std::string PcapWire::report() const {
  return fmt::format(R"({{"kind":"pcap","in":{},"out":{},"padded":{},"ended":{}}})", in_, out_,
                     reader_ ? reader_->padded() : 0, ended());
}

}  // namespace bulkhead::model
