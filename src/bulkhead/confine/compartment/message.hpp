// The messages between a broker and its workers. There are four: a job, the descriptors that go
// with it, and a worker's word that it is ready for it or cannot do it. All are small, and each is
// parsed in one go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/confine/compartment/job.hpp"

namespace bulkhead::confine {

inline constexpr size_t longest_message = 64U << 10U;
/// Of each text that a worker says; the rest is cut off.
inline constexpr size_t longest_text = 1024;

[[nodiscard]] std::vector<std::byte> encode(const Job& job, uint32_t descriptors);
struct ParsedJob {
  Job job;
  uint32_t descriptors;  ///< how many come with it
};
/// Errors: `protocol` for anything that encode() does not make: another version or length, too many
/// of something, a descriptor, pool, ring or doorbell that is not there.
Result<ParsedJob> parse_job(std::span<const std::byte> message);

/// Goes with up to vfio_user::our_max_msg_fds descriptors.
[[nodiscard]] std::vector<std::byte> encode_descriptors(uint32_t count);
/// How many there must be. Errors: `protocol`.
Result<uint32_t> parse_descriptors(std::span<const std::byte> message);

/// A worker waits for its turn; `lacks` is what its sandbox lacks.
[[nodiscard]] std::vector<std::byte> encode_ready(std::string_view lacks);
/// As parse_failure() does. Errors: `protocol`.
Result<std::string> parse_ready(std::span<const std::byte> message);

[[nodiscard]] std::vector<std::byte> encode(const Error& failure);
/// Control characters are replaced: the text ends up on a terminal. Errors: `protocol`.
Result<Error> parse_failure(std::span<const std::byte> message);

}  // namespace bulkhead::confine
