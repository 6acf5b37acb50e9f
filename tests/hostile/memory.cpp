// The memory that it shares with the broker and the devices.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bulkhead/base/shared_words.hpp"

#include "tests/hostile/attempt.hpp"
#include "tests/hostile/forbidden.hpp"
#include "tests/hostile/queues.hpp"

namespace bulkhead::hostile {
namespace {

constexpr std::string_view seals = "seals: memory files keep their size, and nobody adds seals";

/// On every memory file of its job, before its sandbox closes them.
Attempt on_all_files(std::string_view name, std::string_view what,
                     std::vector<uint32_t> (*files)(const confine::Job&), int (*request)(int)) {
  return {.name = name,
          .what = what,
          .contained = seals,
          .phase = Phase::unconfined,
          .outcome = Outcome::fails,
          .run = [files, request](Scene& scene) -> Seen {
            for (const auto number : files(scene.job))
              if (request(scene.descriptors[number]) >= 0)
                return {.held = false, .error = static_cast<int>(number)};
            return {.held = true, .error = errno};
          }};
}

std::vector<uint32_t> memory_of(const confine::Job& job) {
  std::vector<uint32_t> files{job.options.control};
  for (const auto& pool : job.pools) files.push_back(pool.descriptor);
  for (const auto& port : job.ports) {
    files.push_back(port.rings);
    for (const auto& page : port.pages) files.push_back(page.descriptor);
  }
  return files;
}

long let_go_of_buffers(Scene& scene) {
  const auto memory = scene.equipment.ports[0].pools[0]->region().bytes();
  return ::syscall(SYS_madvise, address_of(memory.data()), static_cast<long>(memory.size()),
                   long{MADV_REMOVE});
}

/// All buffers, and all rings, of both devices, while these run.
Seen scribble_and_end(Scene& scene) {
  Queues queues{scene};
  queues.rx.set(0, QueueRegister::tail, 511);
  queues.tx.set(0, QueueRegister::tail, 511);
  for (const auto& port : scene.equipment.ports)
    for (const auto memory : {port.rings.bytes(), port.pools[0]->region().bytes()})
      for (size_t place = 0; place < memory.size(); place += 8)
        shared::store_relaxed<uint64_t>(memory, place, place * 0x9E37'79B9'7F4A'7C15);
  ::_exit(0);
}

}  // namespace

std::vector<Attempt> memory_attempts() {
  return {
      on_all_files("shrink-memory", "cuts shared memory off, so that others crash at it", memory_of,
                   [](int fd) { return ::ftruncate(fd, 0); }),
      on_all_files("grow-memory", "makes shared memory grow without end", memory_of,
                   [](int fd) { return ::ftruncate(fd, off_t{1} << 40U); }),
      on_all_files("seal-memory", "seals shared memory, so that the next worker cannot map it",
                   memory_of, [](int fd) { return ::fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE); }),
      forbidden("remove-memory", "gives the buffers' memory back to the system", let_go_of_buffers),
      {.name = "scribble",
       .what = "fills all rings and buffers with noise while the devices work on them, and dies",
       .contained = "broker: devices are brought to rest, and rings begin anew",
       .phase = Phase::working,
       .outcome = Outcome::replaced,
       .sign = "exited with 0 though nobody had asked",
       .run = scribble_and_end},
  };
}

}  // namespace bulkhead::hostile
