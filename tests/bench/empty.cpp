// What a process costs at least: a static program that does nothing.
int main() { return 0; }
