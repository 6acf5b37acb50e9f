// A unit as a unity build makes them: what is found must be found in the files that it is made of.
#include "mistakes.cpp"
