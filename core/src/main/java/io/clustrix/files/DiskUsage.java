package io.clustrix.files;

/**
 * What a directory and all below it take. A file with several names counts once; links are not followed.
 *
 * @param files how many regular files
 * @param directories how many directories, the one that was asked for included
 * @param bytes the sizes of the files, summed up
 * @param allocated what all of it takes on disk, in bytes, as its file system says
 */
public record DiskUsage(long files, long directories, long bytes, long allocated) {}
