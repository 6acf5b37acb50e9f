// The device as a weapon: it is told to read and write memory that is nobody's, or somebody else's.
#include <bit>
#include <functional>

#include <poll.h>

#include "tests/hostile/attempt.hpp"
#include "tests/hostile/queues.hpp"

namespace bulkhead::hostile {
namespace {

constexpr std::string_view iommu = "IOMMU: the address is not mapped for the device";
constexpr uint64_t message_interrupts = 0xFEE0'0000;

Attempt by_device(std::string_view name, std::string_view what, std::string_view sign,
                  void (*tell)(Queues&, Scene&)) {
  return {.name = name,
          .what = what,
          .contained = iommu,
          .phase = Phase::working,
          .outcome = Outcome::device,
          .sign = sign,
          .run = [tell](Scene& scene) {
            Queues queues{scene};
            tell(queues, scene);
            return Seen{.held = true};
          }};
}

constexpr timespec nap{.tv_sec = 0, .tv_nsec = 5'000'000};

/// The device looks at such registers now and then only: it is kept busy until it has.
void repeat(Scene& scene, const std::function<void(uint32_t)>& act) {
  for (uint32_t i = 0; i < 100; ++i) {
    act(i);
    scene.equipment.control.beat(++scene.heartbeat);
    static_cast<void>(::ppoll(nullptr, 0, &nap, nullptr));
  }
}

void ring_on(Queues& queues, Scene& scene) {
  repeat(scene, [&queues](uint32_t i) { queues.tx.set(0, QueueRegister::tail, i + 1); });
}

void report_heads_as_interrupts(Queues& queues, Scene& scene) {
  queues.tx.set(0, QueueRegister::head_report_low, 0xFEE0'1001);
  queues.tx.set(0, QueueRegister::head_report_high, 0);
  repeat(scene, [&queues](uint32_t i) { queues.send_from(queues.buffers_at, 60, i); });
}

Seen use_the_addresses_of_all(Scene& scene) {
  Queues queues{scene};
  const auto ring = scene.job.ports[0].pairs[0].plan.rx.ring;
  for (size_t i = 0; i < 511; ++i)
    queues.write_descriptor(ring, i, queues.buffers_at + i * 0x1000, 0);
  queues.rx.set(0, QueueRegister::tail, 511);
  // The device has had frames for many of them, and says so in their second word (7.1.6).
  constexpr uint64_t descriptor_done = 1;
  while (!scene.equipment.control.must_stop() &&
         (queues.second_word(ring, 63) & descriptor_done) == 0) {
    scene.equipment.control.beat(++scene.heartbeat);
    static_cast<void>(::ppoll(nullptr, 0, &nap, nullptr));
  }
  return {.held = true};
}

}  // namespace

std::vector<Attempt> dma_attempts() {
  return {
      by_device("dma-write-behind-buffers", "lets a frame be received just behind its buffers",
                "rx queue 0: .* are not mapped",
                [](Queues& queues, Scene&) { queues.receive_to(queues.buffers_end); }),
      by_device("dma-read-behind-buffers", "sends what lies just behind its buffers",
                "tx queue 0: 60 bytes at",
                [](Queues& queues, Scene&) { queues.send_from(queues.buffers_end + 64, 60); }),
      by_device("dma-across-the-end", "sends a frame that begins in its buffers and ends behind",
                "tx queue 0: 1500 bytes at",
                [](Queues& queues, Scene&) { queues.send_from(queues.buffers_end - 64, 1500); }),
      by_device("dma-to-process-memory", "lets a frame be received at a virtual address: its stack",
                "rx queue 0: .* at 0x7[0-9a-f]{11} ",
                [](Queues& queues, Scene& scene) {
                  queues.receive_to(std::bit_cast<uint64_t>(&scene) & ~uint64_t{63});
                }),
      by_device("dma-to-low-memory", "sends the machine's first page",
                "tx queue 0: 61 bytes at 0x0 ",
                [](Queues& queues, Scene&) { queues.send_from(0, 61); }),
      by_device("msi-address", "lets a frame be received where writes are interrupts (0xfee00000)",
                "rx queue 0: .* at 0xfee00000",
                [](Queues& queues, Scene&) { queues.receive_to(message_interrupts); }),
      by_device("msi-head-report", "has the tx head reported to where writes are interrupts",
                "head write-back of tx queue 0: .* at 0xfee01000", report_heads_as_interrupts),
      by_device("ring-outside", "moves its tx ring to where it has no memory",
                "ring of queue 0: .* at 0x40000000",
                [](Queues& queues, Scene& scene) {
                  queues.tx.set_base(0, 0x4000'0000);
                  ring_on(queues, scene);
                }),
      by_device("ring-without-end", "has its tx ring run on far behind the rings' memory",
                "ring of queue 0: 1048448 bytes",
                [](Queues& queues, Scene& scene) {
                  queues.tx.set_base(0,
                                     queues.tx.base(0) + scene.job.ports[0].rings_size - 0x10000);
                  queues.tx.set(0, QueueRegister::length, 0xFFF80);
                  ring_on(queues, scene);
                }),
      {.name = "dma-other-compartment",
       .what = "has frames received at all the addresses where another compartment's device sees "
               "that one's buffers",
       .contained = "IOMMU: the same addresses lead each device to its own buffers",
       .phase = Phase::working,
       .outcome = Outcome::idle,
       .run = use_the_addresses_of_all},
  };
}

}  // namespace bulkhead::hostile
