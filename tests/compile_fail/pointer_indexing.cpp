// Pointers are not indexed: that is what spans are for.
int mistake(const int* numbers, int i) {
  // expected-error@+1 {{unsafe buffer access}}
  return numbers[i];
}
