// A server that replies with anything: the bytes that the client reads are there before it asks.
// The first byte says how many of them come with a descriptor, and how the introduction begins.
#include <algorithm>
#include <chrono>
#include <vector>

#include <sys/mman.h>

#include "bulkhead/bus/vfio_user/client.hpp"
#include "bulkhead/bus/vfio_user/regions.hpp"
#include "bulkhead/bus/vfio_user/socket_io.hpp"

#include "fuzz/input.hpp"
#include "tests/bus/vfio_user/wire.hpp"

namespace {

using namespace bulkhead;
using vfio_user::Command;

// The replies that an honest server would begin with; `known` of them come before the input.
std::vector<std::byte> good_start(unsigned known) {
  std::vector<std::byte> replies;
  const auto reply = [&](Command command, const std::vector<std::byte>& payload) {
    auto header = vfio_user::header_of(command, static_cast<uint32_t>(16 + payload.size()),
                                       vfio_user::flag_type_reply);
    header.message_id = static_cast<uint16_t>(command == Command::version ? 1 : 2);
    append(replies, header);
    replies.insert(replies.end(), payload.begin(), payload.end());
  };
  if (known > 0) reply(Command::version, vfio_user::payload_of(vfio_user::Version{0, 1}));
  if (known > 1)
    reply(Command::device_get_info, vfio_user::payload_of(vfio_user::DeviceInfo{16, 3, 9, 5}));
  return replies;
}

void describe_region(std::span<const std::byte> payload, int memory) {
  vfio_user::Message message;
  message.payload = {payload.begin(), payload.end()};
  message.fds.emplace_back(::dup(memory));
  const auto region = vfio_user::parse_region(std::move(message), 0);
  if (!region) return;
  for (const auto& area : region->mappable)
    static_cast<void>(vfio_user::map_pages(*region, area.offset, std::min<uint64_t>(area.size, 1)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const OwnedFd memory = *create_sealed_memory("bar", 64_KiB, PageSize::small_4k);
  const auto bytes = fuzz::input(data, size);
  if (bytes.empty()) return 0;
  const auto choice = static_cast<unsigned>(bytes.front());
  const auto input = bytes.subspan(1);
  if (choice % 4 == 3) {
    describe_region(input, memory.get());
    return 0;
  }
  auto [mine, theirs] = vfio_user::socket_pair();
  const auto start = good_start(choice % 4);
  const std::vector<int> fds(choice / 4 % 3, memory.get());
  static_cast<void>(vfio_user::send_some(theirs.get(), start, {}, {}));
  if (!input.empty()) static_cast<void>(vfio_user::send_some(theirs.get(), input, {}, fds));
  ::shutdown(theirs.get(), SHUT_WR);
  static_cast<void>(
      vfio_user::Client::adopt(std::move(mine), "fuzz", std::chrono::milliseconds{100}));
  return 0;
}
