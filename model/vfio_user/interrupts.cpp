// DEVICE_SET_IRQS: which eventfd tells the client about which interrupt.
#include <bit>
#include <cerrno>
#include <utility>

#include <fcntl.h>

#include "bulkhead/base/bits.hpp"

#include "model/vfio_user/session.hpp"

namespace bulkhead::model {
namespace {

using vfio_user::IrqSet;

constexpr uint32_t data_flags =
    vfio_user::irq_set_data_none | vfio_user::irq_set_data_bool | vfio_user::irq_set_data_eventfd;
constexpr uint32_t action_flags = vfio_user::irq_set_action_mask |
                                  vfio_user::irq_set_action_unmask |
                                  vfio_user::irq_set_action_trigger;

bool is_well_formed(const IrqSet& set) {
  return std::has_single_bit(set.flags & data_flags) &&
         std::has_single_bit(set.flags & action_flags) &&
         (set.flags & ~(data_flags | action_flags)) == 0 && set.index < vfio_user::pci_irq_count;
}

// A full eventfd would stop the device at its next interrupt: it must not block.
bool make_non_blocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0;
}

Reply assign(Device& device, const IrqSet& set, std::vector<OwnedFd>& fds) {
  if (!fds.empty() && fds.size() != set.count) return Reply::refuse(EINVAL);
  for (const auto& fd : fds) {
    if (!make_non_blocking(fd.get())) return Reply::refuse(EINVAL);
  }
  for (uint32_t i = 0; i < set.count; ++i) {
    device.set_interrupt(set.index, set.start + i, fds.empty() ? OwnedFd{} : std::move(fds.at(i)));
  }
  return {};
}

}  // namespace

Result<Reply> Session::set_irqs(Message& message) {
  BULKHEAD_TRY_ASSIGN(const auto set, request_as<IrqSet>(message));
  if (!is_well_formed(set)) return Reply::refuse(EINVAL);
  const uint32_t count = device_.interrupt_count(set.index);
  if (set.start > count || set.count > count - set.start) return Reply::refuse(EINVAL);

  const bool triggers = (set.flags & vfio_user::irq_set_action_trigger) != 0;
  if (triggers && (set.flags & vfio_user::irq_set_data_eventfd) != 0)
    return assign(device_, set, message.fds);
  const bool no_data = (set.flags & vfio_user::irq_set_data_none) != 0;
  // "a count (and start) of 0 [...] disables all interrupts of the index"
  if (triggers && no_data && set.start == 0 && set.count == 0) {
    std::vector<OwnedFd> none;
    return assign(device_, {.argsz = 0, .flags = 0, .index = set.index, .start = 0, .count = count},
                  none);
  }
  // Nothing can be masked here, so there is nothing left to unmask.
  if (no_data && (set.flags & vfio_user::irq_set_action_unmask) != 0) return Reply{};
  return Reply::refuse(ENOTSUP);
}

}  // namespace bulkhead::model
