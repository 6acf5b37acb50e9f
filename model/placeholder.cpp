#include "model/device.hpp"
#include "model/wire.hpp"
