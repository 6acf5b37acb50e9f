// Registers: those that it does not have, and those of its pages that are not meant for it.
#include <bit>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/hostile/attempt.hpp"
#include "tests/hostile/queues.hpp"

namespace bulkhead::hostile {
namespace {

using confine::Layer;

constexpr std::string_view filter = "system-calls: the call kills it";
constexpr std::string_view reset =
    "broker: registers do not stand as it left them, so the device is reset";
constexpr uint32_t others_queue = 40;
constexpr int most_descriptors = 4096;
constexpr unsigned long vfio_device_reset = 0x3B6F;  // linux/vfio.h: _IO(';', 100 + 11)

Attempt by_call(std::string_view name, std::string_view what, std::function<Seen(Scene&)> run) {
  return {.name = name,
          .what = what,
          .contained = filter,
          .phase = Phase::working,
          .outcome = Outcome::killed,
          .sign = "SIGSYS",
          .layers = {Layer::system_calls},
          .run = std::move(run)};
}

long address_of_page(Scene& scene, size_t page) {
  return std::bit_cast<long>(scene.equipment.ports[0].pages[page].bytes().data());
}

/// Whether a request fails on every descriptor that there can be.
template <class Request>
Seen fails_on_all(const Request& request) {
  for (int fd = 0; fd < most_descriptors; ++fd)
    if (request(fd) >= 0) return {.held = false, .error = fd};
  return {.held = true, .error = errno};
}

void start_rx_of_others(Scene& scene) {
  Queues queues{scene};
  queues.rx.set_base(others_queue, queues.buffers_at);
  queues.rx.set(others_queue, QueueRegister::length, 0x2000);
  queues.rx.set(others_queue, QueueRegister::receive_control, 0x0200'0002);
  queues.rx.set(others_queue, QueueRegister::control, queue_enable);
  queues.rx.set(others_queue, QueueRegister::tail, 100);
}

void start_tx_of_others(Scene& scene) {
  Queues queues{scene};
  queues.tx.set_base(others_queue, queues.buffers_at);
  queues.tx.set(others_queue, QueueRegister::length, 0x2000);
  queues.tx.set(others_queue, QueueRegister::head_report_low,
                static_cast<uint32_t>(queues.buffers_at) | 1U);
  queues.tx.set(others_queue, QueueRegister::control, queue_enable);
}

void disturb_all(Scene& scene) {
  Queues queues{scene};
  for (uint32_t queue = 0; queue < 64; ++queue)
    for (const size_t place : {QueueRegister::length, QueueRegister::receive_control,
                               QueueRegister::head_report_high, QueueRegister::control}) {
      queues.rx.set(queue, place, 0x5A5A'5A5A);
      queues.tx.set(queue, place, 0xA5A5'A5A5);
    }
}

bool others_are_at_rest(Scene& scene) {
  const Queues queues{scene};
  for (uint32_t queue = 1; queue < 64; ++queue)
    for (const auto& page : {queues.rx, queues.tx})
      if ((page.get(queue, QueueRegister::control) & queue_enable) != 0 || page.base(queue) != 0 ||
          page.get(queue, QueueRegister::length) != 0)
        return false;
  return queues.tx.get(others_queue, QueueRegister::head_report_low) == 0;
}

Attempt then_dies(std::string_view name, std::string_view what, void (*disturb)(Scene&)) {
  return {.name = name,
          .what = what,
          .contained = reset,
          .phase = Phase::working,
          .outcome = Outcome::replaced,
          .sign = "exited with 0 though nobody had asked",
          .run = [disturb](Scene& scene) -> Seen {
            disturb(scene);
            ::_exit(0);
          },
          .left_nothing = others_are_at_rest};
}

Seen ring_far_doorbells(Scene& scene) {
  Queues queues{scene};
  queues.rx.set(0, QueueRegister::tail, 0xFFFF'FFFF);
  queues.tx.set(0, QueueRegister::tail, 0xFFFF);
  return {.held = true};
}

}  // namespace

std::vector<Attempt> register_attempts() {
  return {
      by_call("reset-register", "maps its page of registers anew, from the start of the BAR",
              [](Scene& scene) {
                return failed(
                    ::syscall(SYS_remap_file_pages, address_of_page(scene, 0), 4096L, 0L, 0L, 0L));
              }),
      by_call("flash-registers", "lets its page of registers grow as far as the flash's",
              [](Scene& scene) {
                return failed(::syscall(SYS_mremap, address_of_page(scene, 1), 4096L, 0xB000L,
                                        long{MREMAP_MAYMOVE}, 0L));
              }),
      by_call("interrupt-registers", "maps the BAR by a descriptor that it guesses",
              [](Scene& scene) {
                return failed(::syscall(SYS_mmap, 0L, 4096L, long{PROT_READ | PROT_WRITE},
                                        long{MAP_SHARED}, long{scene.wake + 1}, 0L));
              }),
      {.name = "config-space",
       .what = "writes its command register by pwrite(2), on every descriptor that there may be",
       .contained = "descriptors: none is the device's",
       .phase = Phase::unfiltered,
       .outcome = Outcome::fails,
       .layers = {Layer::descriptors},
       .run =
           [](Scene&) {
             return fails_on_all([](int fd) {
               const uint16_t command = 0x0006;
               return ::pwrite(fd, &command, sizeof command, 0x700'0000'0004);
             });
           }},
      {.name = "device-reset",
       .what = "asks VFIO to reset the device, on every descriptor that there may be",
       .contained = "descriptors: none is the device's",
       .phase = Phase::unfiltered,
       .outcome = Outcome::fails,
       .layers = {Layer::descriptors},
       .run =
           [](Scene&) {
             return fails_on_all([](int fd) { return ::ioctl(fd, vfio_device_reset); });
           }},
      {.name = "tail-beyond-the-ring",
       .what = "rings doorbells with places far behind its rings' ends",
       .contained = "device: tails outside of a ring are not followed",
       .phase = Phase::working,
       .outcome = Outcome::device,
       .sign = "head or tail outside of the ring",
       .run = ring_far_doorbells},
      then_dies("other-rx-queue", "starts rx queue 40 on memory of its own, and dies",
                start_rx_of_others),
      then_dies("other-tx-queue", "starts tx queue 40, has its head reported, and dies",
                start_tx_of_others),
      then_dies("all-queue-registers", "writes noise to the registers of all 64 queues, and dies",
                disturb_all),
  };
}

}  // namespace bulkhead::hostile
