// Whether this machine is fit for drivers in user space, and what to do where it is not.
#pragma once

#include <string_view>
#include <vector>

#include "bulkhead/bus/doctor/finding.hpp"

namespace bulkhead::bus::doctor {

struct Diagnosis {
  std::string_view check;  ///< the matter: "iommu"
  Finding finding;
};

/// All checks' findings, in an order in which they can be mended.
std::vector<Diagnosis> examine(const Patient& patient);

/// The worst of them: a finding, otherwise what cannot be told, otherwise good.
Verdict verdict_of(const std::vector<Diagnosis>& diagnoses);

}  // namespace bulkhead::bus::doctor
