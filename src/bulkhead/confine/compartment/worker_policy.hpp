// What a worker keeps while it works, and what its sandbox must have.
#pragma once

#include <span>

#include "bulkhead/base/owned_fd.hpp"
#include "bulkhead/confine/policy.hpp"
#include "bulkhead/net/waiter.hpp"

namespace bulkhead::confine {

/// `events` are the queues' interrupts, -1 for a queue without one; `arrivals` is what the worker
/// waits with, woken by the broker's signal. Everything else that came with the job is closed.
///
/// Required are the layers that every kernel has on which this runs, in a container, too. Those
/// that take a namespace, or a kernel that has Landlock, may lack, which is to be told. Builds with
/// sanitizers require nothing.
Policy worker_policy(std::span<const int> events, const net::Waiter& arrivals, int channel);
/// The network interface's queues, too, if there are any.
void keep_interface(Policy& policy, std::span<const OwnedFd> queues);

}  // namespace bulkhead::confine
