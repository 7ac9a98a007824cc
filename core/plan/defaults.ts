/** Shell of RUN, CMD and ENTRYPOINT in shell form, where no SHELL instruction set another. */
export const DEFAULT_SHELL: readonly string[] = ['/bin/sh', '-c'];

/** PATH of RUN and of the image where the base sets none. */
export const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Directories that any distribution's image has: where COPY to one of them, without trailing slash, copies into it. */
const USUAL_DIRECTORIES = new Set(
  (
    '/ /bin /boot /dev /etc /home /lib /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /var ' +
    '/etc/init.d /etc/profile.d /etc/ssl /usr/bin /usr/lib /usr/local /usr/local/bin /usr/local/etc /usr/local/lib ' +
    '/usr/local/sbin /usr/local/share /usr/sbin /usr/share /usr/src /var/cache /var/lib /var/log /var/run /var/tmp'
  ).split(' '),
);

/** Whether an image that is not made from scratch most likely has this directory. */
export function isUsualDirectory(path: string): boolean {
  return USUAL_DIRECTORIES.has(path);
}

const ARCHIVE_NAME = /\.(?:tar|tar\.(?:gz|bz2|xz|zst|lzma|Z)|tgz|tbz2?|txz|tzst)$/;

/** Whether a file's name says that it is a tar archive that ADD extracts. */
export function isArchiveName(path: string): boolean {
  return ARCHIVE_NAME.test(path);
}
