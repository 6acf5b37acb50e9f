// A job on its way from the broker to a worker, over a socket that keeps messages apart.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
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

/// A worker waits for its turn, in a sandbox that lacks this.
void send_ready(int channel, std::string_view lacks);
/// A worker cannot begin.
void send_failure(int channel, const Error& failure);

/// What a worker says: the text of send_ready(), or the error of send_failure().
using Word = Result<std::string>;
/// The next word, without waiting; none if it has said nothing that makes sense.
std::optional<Word> received_word(int channel);

}  // namespace bulkhead::confine
