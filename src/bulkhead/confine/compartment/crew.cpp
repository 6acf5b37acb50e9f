#include "bulkhead/confine/compartment/crew.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bulkhead/base/require.hpp"

namespace bulkhead::confine {
Crew::Crew(std::vector<std::unique_ptr<Worker>> members, std::chrono::nanoseconds hang_limit) {
  require(!members.empty());
  for (auto& member : members)
    members_.push_back({.worker = std::move(member), .watchdog = Watchdog{hang_limit}});
}

std::string Crew::name() const {
  return fmt::format("worker{} {}", members_.size() > 1 ? "s" : "", fmt::join(pids(), ", "));
}

std::vector<pid_t> Crew::pids() const {
  std::vector<pid_t> pids;
  pids.reserve(members_.size());
  for (const auto& member : members_) pids.push_back(member.worker->pid());
  return pids;
}

// What was looked at last counts: a word that came since then has to end the wait.
void Crew::append_to(std::vector<pollfd>& events) const {
  for (const auto& member : members_)
    events.push_back({.fd = member.worker->fd(),
                      .events = static_cast<short>(member.ready ? 0 : POLLIN),
                      .revents = 0});
}

// All are asked, whoever comes first: a word that nobody takes would end every wait at once.
Worker* Crew::awaited() {
  Worker* first = nullptr;
  for (auto& member : members_) {
    member.ready = member.worker->ready();
    if (!member.ready && first == nullptr) first = member.worker.get();
  }
  return first;
}

std::string Crew::lacks() const {
  for (const auto& member : members_)
    if (auto lacking = member.worker->lacks(); !lacking.empty()) return lacking;
  return {};
}

std::optional<Loss> Crew::ended() {
  for (auto& member : members_)
    if (auto death = member.worker->death())
      return Loss{.who = member.worker.get(), .death = *std::move(death)};
  return std::nullopt;
}

std::optional<Loss> Crew::lost() {
  if (auto loss = ended()) return loss;
  for (auto& member : members_)
    if (blames_a_device(member.worker->counts()))
      return Loss{.who = member.worker.get(), .death = {.kind = Death::Kind::blamed_a_device}};
  for (auto& member : members_)
    if (member.watchdog.hangs([&] { return member.worker->heartbeat(); },
                              [&] { return member.worker->processor_time(); }))
      return Loss{.who = member.worker.get(), .death = {.kind = Death::Kind::hung}};
  return std::nullopt;
}

Worker* Crew::living() {
  for (auto& member : members_)
    if (!member.worker->death()) return member.worker.get();
  return nullptr;
}

bool Crew::all_gone() {
  return std::ranges::all_of(members_, [](Member& member) {
    const auto death = member.worker->death();
    return death && death->kind != Death::Kind::leaving;
  });
}

// They end side by side: the time that this takes is the slowest one's.
Result<> Crew::end() {
  for (auto& member : members_)
    if (!member.worker->death()) member.worker->kill();
  for (auto& member : members_) BULKHEAD_TRY(member.worker->end());
  return {};
}

bool Crew::has_begun() const {
  return std::ranges::all_of(members_,
                             [](const Member& member) { return member.worker->heartbeat() != 0; });
}

Counts Crew::counts() const {
  Counts all;
  for (const auto& member : members_) all += member.worker->counts();
  return all;
}

void Crew::go() {
  for (auto& member : members_) member.worker->go();
}

void Crew::stop() {
  for (auto& member : members_) member.worker->stop();
}

}  // namespace bulkhead::confine
