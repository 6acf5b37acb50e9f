#include "bulkhead/app/passage.hpp"

#include <algorithm>

namespace bulkhead::app {
namespace {

constexpr QueueId first_queue{0};
constexpr uint32_t batch_size = 32;
constexpr uint32_t ethernet_header = 14;
constexpr size_t sizes = 32;

/// From the smallest to the largest frame of an MTU, none a multiple of another.
std::vector<model::TestFrame> frames_of_all_sizes(uint32_t mtu, uint32_t stream,
                                                  const driver::MacAddress& destination) {
  std::vector<model::TestFrame> frames;
  const size_t largest = std::max<size_t>(mtu + ethernet_header, model::TestFrame::smallest);
  const size_t range = largest - model::TestFrame::smallest;
  for (size_t i = 0; i < sizes; ++i) {
    frames.emplace_back(model::TestFrame::smallest + range * i / (sizes - 1), stream);
    frames.back().set_destination(std::as_bytes(std::span{destination.octets}));
  }
  return frames;
}

}  // namespace

Passage::Passage(net::Port& from, net::Port& to, std::shared_ptr<queue::Pool> pool, Options options)
    : options_(options),
      tx_(from.tx(first_queue)),
      rx_(to.rx(first_queue)),
      out_(pool, batch_size),
      in_(pool, batch_size),
      frames_(frames_of_all_sizes(std::min(from.mtu(), to.mtu()), options.stream, to.mac())) {}

bool Passage::step() {
  const bool sent = send();
  return receive() || sent;
}

bool Passage::send() {
  while (out_.room() > 0 && next_number_ < options_.frames &&
         next_number_ - counts_.received < options_.window) {
    // Sizes in an order without a pattern that a ring's length could hide.
    const size_t size = next_number_ * 0x9E3779B1U >> 8U;
    const auto frame = frames_[size % sizes].make(next_number_);
    auto packet = queue::Packet::allocate(out_.pool(), static_cast<uint32_t>(frame.size()));
    if (!packet) break;
    std::ranges::copy(frame, packet->bytes().begin());
    out_.add(*std::move(packet));
    ++next_number_;
  }
  const uint32_t sent = out_.empty() ? 0 : tx_.send(out_);
  if (sent == 0) tx_.reclaim();
  counts_.sent += sent;
  return sent > 0;
}

bool Passage::receive() {
  if (rx_.receive(in_) == 0) return false;
  for (const std::span<const std::byte> frame : in_) check(frame);
  in_.clear();
  return true;
}

void Passage::check(std::span<const std::byte> frame) {
  const auto content = model::TestFrame::parse(frame);
  if (!content || content->stream != options_.stream) {
    ++counts_.foreign;
    return;
  }
  ++counts_.received;
  if (content->intact) {
    flows_.at(content->flow).saw(content->sequence, order_);
  } else {
    ++counts_.corrupted;
  }
}

Passage::Counts Passage::counts() const {
  Counts counts = counts_;
  counts.out_of_order = order_.out_of_order;
  counts.duplicated = order_.duplicated;
  return counts;
}

}  // namespace bulkhead::app
