// A user's program: memory shared by two mappings, and an error that says what failed.
#include <cstdio>

#include "bulkhead/base/mapping.hpp"

using namespace bulkhead;

static Result<> run() {
  BULKHEAD_TRY_ASSIGN(const OwnedFd fd,
                      create_sealed_memory("consumer", 4_KiB, PageSize::small_4k));
  BULKHEAD_TRY_ASSIGN(const Mapping first, Mapping::map(fd.get(), 0, 4_KiB));
  BULKHEAD_TRY_ASSIGN(const Mapping second, Mapping::map(fd.get(), 0, 4_KiB));
  first.bytes()[7] = std::byte{42};
  if (second.bytes()[7] != std::byte{42}) return fail(ErrorCode::io, "the mappings differ");
  return {};
}

int main() {
  if (const auto done = run(); !done) {
    std::puts(done.error().message().c_str());
    return 1;
  }
  std::puts(Mapping::map(-1, 0, 4_KiB).error().message().c_str());
}
