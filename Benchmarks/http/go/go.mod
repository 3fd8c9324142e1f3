module subscribe

go 1.22
