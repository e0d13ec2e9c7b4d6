# What a path leads to, in one word.
if [ -d "$p" ]; then
    echo directory
elif [ -f "$p" ]; then
    echo file
elif [ -e "$p" ]; then
    echo other
else
    why "$p"
fi
