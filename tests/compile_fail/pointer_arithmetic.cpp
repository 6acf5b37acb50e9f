// Pointers do not move.
const char* mistake(const char* text, int n) {
  // expected-error@+1 {{unsafe pointer arithmetic}}
  return text + n;
}
