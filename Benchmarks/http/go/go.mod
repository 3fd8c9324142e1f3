module subscribe

go 1.19
