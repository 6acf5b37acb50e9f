// The library throws nothing.
void mistake() {
  // expected-error@+1 {{cannot use 'throw' with exceptions disabled}}
  throw 1;
}
