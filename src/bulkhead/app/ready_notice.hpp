// Tells a service manager that what was started is there to be used.
#pragma once

namespace bulkhead::app {

/// As sd_notify(3) describes it: "READY=1" to the socket whose path NOTIFY_SOCKET is (abstract ones
/// are for managers of containers). Without one nobody wants to know; what goes wrong is the
/// service manager's to notice.
void tell_that_we_are_ready();

}  // namespace bulkhead::app
