// A number becomes a position only by wrap(), which masks it.
#include "bulkhead/base/index.hpp"

bulkhead::Index<8> mistake(uint32_t number) {
  // expected-error@+1 {{calling a private constructor of class 'bulkhead::Index<8>'}}
  return bulkhead::Index<8>{number};
}
