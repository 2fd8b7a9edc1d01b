#!/bin/sh
# Renders the sandbox's clips again: ffmpeg 5 or later with libx264 and drawtext, and the DejaVu fonts (or FONT=/path/to.ttf).
# Ten seconds in each shape: the digit is the second modulo ten, the bar fills once a second.
# What ../clip.ts relies on: one H.264 track, no B-frames, one closed GOP of exactly a second, no edit list.
set -eu
cd "$(dirname "$0")"

font=${FONT:-/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf}
fps=24

render() {
  width=$1 height=$2 file=$3
  short=$((width < height ? width : height))
  bar=$((short / 24))
  ffmpeg -hide_banner -loglevel error -y \
    -f lavfi -i "color=0x12182b:s=${width}x${height}:r=$fps:d=10" \
    -f lavfi -i "color=0xffb020:s=${width}x${bar}:r=$fps:d=10" \
    -filter_complex "
      [0][1]overlay=x='-W+W*(mod(n,$fps)+1)/$fps':y='H-h':eval=frame,
      drawtext=fontfile=$font:text='reelay sandbox':fontcolor=white:fontsize=$((width / 14)):x=(w-tw)/2:y=h*0.22,
      drawtext=fontfile=$font:text='%{eif\:mod(n/$fps,10)\:d}':fontcolor=0xffb020:fontsize=$((short / 4)):x=(w-tw)/2:y=h*0.45,
      format=yuv420p" \
    -frames:v $((fps * 10)) -an -c:v libx264 -profile:v main -level:v 3.1 -preset veryslow -tune animation -crf 33 -bf 0 -threads 1 \
    -x264-params "keyint=$fps:min-keyint=$fps:scenecut=0:open-gop=0" \
    -color_primaries bt709 -color_trc bt709 -colorspace bt709 \
    -bsf:v filter_units=remove_types=6 -fflags +bitexact -flags:v +bitexact -movflags +faststart -use_editlist 0 -map_metadata -1 \
    "$file"
}

render 640 360 16x9.mp4
render 360 640 9x16.mp4
render 480 480 1x1.mp4
