complete --command perfteam --no-files --keep-order --arguments "(command perfteam complete -- (commandline --tokenize --cut-at-cursor --current-process) (commandline --current-token) 2>/dev/null)"
