// Masking needs a power of two.
#include "bulkhead/base/index.hpp"

using Mistake = bulkhead::Index<500>;
const Mistake mistake;

// expected-error@*:* {{a ring's extent is a power of two}}
