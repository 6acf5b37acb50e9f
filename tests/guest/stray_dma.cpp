// A driver that lies to its device about where the frames' buffers are: stray_dma HONEST ASTRAY
// receive|send. Both ports are on one wire. The device of ASTRAY is told to write a frame that
// HONEST sends, or to read one that it shall send, outside of what was mapped for it. Ends well if
// the frame does not arrive and the port reports the access.
#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/net/port.hpp"

#include "tests/bus/wrapped_function.hpp"

namespace bulkhead {
namespace {

constexpr uint64_t nowhere = 0x7700'0000'0000;
constexpr size_t frame_length = 600;
constexpr std::chrono::seconds patience{20};
/// What no buffer has in it by chance.
constexpr std::array secret{std::byte{0x5E}, std::byte{0xC2}, std::byte{0xE7}, std::byte{0x5E},
                            std::byte{0xC2}, std::byte{0xE7}, std::byte{0x5E}, std::byte{0xC2}};

/// A function that says of one region that it is where nothing is mapped.
class Astray final : public bus::WrappedFunction {
 public:
  Astray(std::shared_ptr<bus::Function> function, const memory::Region& region)
      : WrappedFunction(std::move(function)), region_(&region) {}

  Result<Iova> map_dma(const memory::Region& memory) override {
    if (&memory == region_) return Iova{nowhere};
    return WrappedFunction::map_dma(memory);
  }
  Result<> unmap_dma(Iova address, Bytes length) override {
    if (address == Iova{nowhere}) return {};
    return WrappedFunction::unmap_dma(address, length);
  }

 private:
  const memory::Region* region_;
};

struct End {
  std::shared_ptr<queue::Pool> pool;
  std::unique_ptr<net::Port> port;
};

Result<End> open_end(const std::string& address, bool astray) {
  End end;
  BULKHEAD_TRY_ASSIGN(end.pool, queue::Pool::create({}));
  BULKHEAD_TRY_ASSIGN(auto function, bus::open(address));
  if (astray) function = std::make_shared<Astray>(std::move(function), end.pool->region());
  BULKHEAD_TRY_ASSIGN(end.port, net::open_port(std::move(function), {.pools = {end.pool}}));
  BULKHEAD_TRY_ASSIGN(const auto link, end.port->wait_for_link(patience));
  if (!link.up) return fail(ErrorCode::timeout, address + ": no link");
  return end;
}

Result<> send_secret(End& from) {
  queue::Batch batch{from.pool, 1};
  auto packet = queue::Packet::allocate(*from.pool, frame_length);
  if (!packet) return fail(ErrorCode::no_memory, "no buffer is free");
  const auto frame = packet->bytes();
  for (size_t i = 0; i < frame.size(); ++i) frame[i] = secret.at(i % secret.size());
  std::ranges::fill(frame.first(6), std::byte{0xFF});
  batch.add(*std::move(packet));
  if (from.port->tx(QueueId{0}).send(batch) == 1) return {};
  return fail(ErrorCode::io, "the frame was not sent");
}

bool has_secret(std::span<const std::byte> memory) {
  return !std::ranges::search(memory, secret).empty();
}

/// The error that the port of the straying device reports.
Result<Error> await_report(End& end) {
  const auto deadline = Deadline::after(patience);
  queue::Batch batch{end.pool};
  do {
    end.port->rx(QueueId{0}).receive(batch);
    batch.clear();
    if (auto alive = end.port->check_alive(); !alive) return std::move(alive).error();
  } while (!deadline.reached());
  return fail(ErrorCode::timeout, "the port has not reported anything");
}

Result<> run(const std::string& honest, const std::string& astray, bool receives) {
  BULKHEAD_TRY_ASSIGN(auto good, open_end(honest, false));
  BULKHEAD_TRY_ASSIGN(auto bad, open_end(astray, true));
  BULKHEAD_TRY(send_secret(receives ? good : bad));
  BULKHEAD_TRY_ASSIGN(const auto report, await_report(bad));
  fmt::print("{}\n", report.message());
  if (report.code != ErrorCode::hostile_device)
    return fail(ErrorCode::protocol, "that is no report of a stray access");
  // A device may take the failed access for a good one, and say that a frame is there.
  queue::Batch batch{good.pool};
  good.port->rx(QueueId{0}).receive(batch);
  const auto& other = receives ? bad : good;
  if (has_secret(other.pool->region().bytes()))
    return fail(ErrorCode::protocol, "the frame has arrived");
  fmt::print("the frame has not arrived\n");
  return {};
}

}  // namespace
}  // namespace bulkhead

int main(int argc, char** argv) {
  const std::vector<std::string> arguments{argv, std::next(argv, argc)};
  if (arguments.size() != 4) {
    fmt::print(stderr, "usage: stray_dma HONEST ASTRAY receive|send\n");
    return 2;
  }
  const auto result = bulkhead::run(arguments[1], arguments[2], arguments[3] == "receive");
  if (!result) fmt::print(stderr, "stray_dma: {}\n", result.error().message());
  return result ? 0 : 1;
}
