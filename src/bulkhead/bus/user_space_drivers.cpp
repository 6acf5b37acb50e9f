#include "bulkhead/bus/user_space_drivers.hpp"

namespace bulkhead::bus {

bool is_vfio_driver(std::string_view driver) {
  return driver == "vfio-pci" || driver.ends_with("_vfio_pci");
}

bool is_for_user_space(std::string_view driver) {
  return is_vfio_driver(driver) || driver == "pci-stub" || driver == "uio_pci_generic" ||
         driver == "igb_uio";
}

}  // namespace bulkhead::bus
