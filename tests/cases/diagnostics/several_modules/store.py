LOG = []  ## E: module-state `LOG`
count = 0  ## E: module-state `count`
