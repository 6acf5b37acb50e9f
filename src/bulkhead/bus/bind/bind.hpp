// Giving a PCI function to vfio-pci, and back to the driver that it had.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "bulkhead/base/error.hpp"
#include "bulkhead/bus/bind/changes.hpp"
#include "bulkhead/bus/discovery.hpp"
#include "bulkhead/bus/machine.hpp"

namespace bulkhead::bus {

/// Errors: `permission`, with the command to give instead.
Result<> require_root(const Machine& machine);

/// Whether VFIO can have these functions at all: `unsupported` for a bridge and for one without an
/// IOMMU group, or whose group holds functions that the kernel drives and that are not among
/// `functions`; the error names these and their drivers.
Result<> check_possible(const Machine& machine, std::span<const PciFunction> functions);

/// `unsupported` if taking the function away would lose something: the error names the uses.
Result<> check_free(const PciFunction& function);

/// Binds the functions to vfio-pci; those that are bound already only change owner. A function that
/// vfio-pci does not take is put back, and the error says so; those before it stay taken, and the
/// error names the way back.
Result<> bind_to_vfio(const Machine& machine, Changes& changes,
                      std::span<const PciFunction> functions, const Owner& owner);

/// Takes the function away from vfio-pci, and gives it back to the driver that it had; if that is
/// not known, to the one that the kernel chooses. Errors: `unsupported` if it is not bound to
/// vfio-pci, or if processes have it open: the kernel would wait for them.
Result<> unbind_from_vfio(const Machine& machine, Changes& changes, const PciFunction& function);

}  // namespace bulkhead::bus
