// A client that sends anything: the input is a list of messages, each a byte for the descriptors
// that come with it, a byte for the command, a two-byte length, and the payload.
#include <algorithm>
#include <vector>

#include <sys/eventfd.h>

#include "bulkhead/bus/vfio_user/version.hpp"

#include "model/vfio_user/server.hpp"

#include "fuzz/input.hpp"
#include "tests/bus/vfio_user/wire.hpp"
#include "tests/model/vfio_user/fake_device.hpp"

namespace {

using namespace bulkhead;

struct Part {
  uint8_t descriptors;
  uint8_t command;
  uint16_t length;
};

// Half of the inputs begin after a good version message: few random ones are.
void introduce(vfio_user::Channel& channel) {
  static_cast<void>(channel.start_sending(
      vfio_user::header_of(vfio_user::Command::version),
      vfio_user::encode_version({.version = {.major = 0, .minor = 1}, .capabilities = {}}), {}));
}

void converse(vfio_user::Channel& client, model::Server& server, int memory, int event,
              std::span<const std::byte> input) {
  while (input.size() >= sizeof(Part) && server.connected()) {
    const auto part = from_bytes<Part>(input);
    input = input.subspan(sizeof(Part));
    const auto payload = input.first(std::min<size_t>(part.length, input.size()));
    input = input.subspan(payload.size());
    const std::vector<int> fds(part.descriptors % 4, (part.descriptors & 4U) != 0 ? event : memory);
    auto header = vfio_user::header_of(static_cast<vfio_user::Command>(part.command % 24));
    if ((part.descriptors & 8U) != 0) header.flags |= vfio_user::flag_no_reply;
    if (client.sending() || !client.start_sending(header, {payload.begin(), payload.end()}, fds))
      return;
    while (server.service()) continue;
    while (true) {
      const auto reply = client.try_receive();
      if (!reply || !*reply) break;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const OwnedFd memory = *create_sealed_memory("dma", 64_KiB, PageSize::small_4k);
  static const OwnedFd event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  static model::FakeDevice device;
  auto bytes = fuzz::input(data, size);
  if (bytes.empty()) return 0;

  model::Server server{device};
  auto [mine, theirs] = vfio_user::socket_pair();
  if (!server.adopt(std::move(theirs))) return 0;
  auto client = vfio_user::Channel::adopt(std::move(mine));
  if (bytes.front() != std::byte{0}) introduce(*client);
  while (server.service()) continue;
  converse(*client, server, memory.get(), event.get(), bytes.subspan(1));
  return 0;
}
