// A job on its way from the broker to a worker, over a socket that keeps messages apart.
#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "bulkhead/base/deadline.hpp"
#include "bulkhead/base/error.hpp"
#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/confine/compartment/job.hpp"

namespace bulkhead::confine {

/// Both ends of a connection (SOCK_SEQPACKET), non-blocking, closed on exec.
Result<std::pair<OwnedFd, OwnedFd>> make_channel();

/// Without waiting: a new channel has room for any job. Errors: what the kernel says.
Result<> send_job(int channel, const Job& job, std::span<const int> descriptors);

struct ReceivedJob {
  Job job;
  std::vector<OwnedFd> descriptors;
};
/// Errors: those of parse_job() and parse_descriptors(), `device_gone` if the broker has gone,
/// `timeout`.
Result<ReceivedJob> receive_job(int channel, Deadline deadline);

void send_failure(int channel, const Error& failure);
/// What a worker has said before it ended; none if it said nothing that makes sense.
std::optional<Error> received_failure(int channel);

}  // namespace bulkhead::confine
